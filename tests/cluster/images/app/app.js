// Node as PID 1: its SigCgt lists TERM and INT, and it survives both.
require("http").createServer((_, answer) => answer.end(require("os").hostname() + "\n")).listen(5000);
