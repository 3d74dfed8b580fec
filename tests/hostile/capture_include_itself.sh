source ./capture_include_itself.sh
. $0
curl -K capture_include_itself.sh 'https://abc.appsync-api.us-east-1.amazonaws.com/graphql' -H 'x-api-key: da2-canarycanarycanarycanary' -d '{"query":"{ getPost(id: 1) { id } }"}'
