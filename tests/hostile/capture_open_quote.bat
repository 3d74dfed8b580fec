curl ^"https://abc.appsync-api.us-east-1.amazonaws.com/graphql^" ^
  -H ^"x-api-key: da2-canarycanarycanarycanary
