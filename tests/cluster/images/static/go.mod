module k8s-watch.test/static

go 1.26
