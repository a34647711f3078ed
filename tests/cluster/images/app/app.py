import os

from flask import Flask

app = Flask(__name__)


@app.route("/")
def hello():
    return "Hello, my first docker images! " + os.environ.get("HOSTNAME", "?") + "\n"
