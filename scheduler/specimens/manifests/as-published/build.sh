#!/bin/sh
# The tag that is made is not the one that the Deployment names.
set -e
docker build --tag networktraffic-scheduler:v0.0.1 .
kind load docker-image networktraffic-scheduler:v0.0.1
