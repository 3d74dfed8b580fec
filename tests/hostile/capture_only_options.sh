curl -X
curl -H
curl -d
curl --
curl -
curl --aws-sigv4
