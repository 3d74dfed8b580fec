A="$B$B"
B="$A$A"
A="$A$B"
curl 'https://abc.appsync-api.us-east-1.amazonaws.com/graphql' -H "x-api-key: $A" -d '{"query":"{ getPost(id: 1) { id } }"}'
