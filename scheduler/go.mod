module kube-windtunnel/scheduler

go 1.22
