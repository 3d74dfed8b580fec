Invoke-WebRequest -Uri 'https://abc.appsync-api.us-east-1.amazonaws.com/graphql' -Headers @{ 'x-api-key'='da2-canarycanarycanarycanary'
