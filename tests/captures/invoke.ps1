Invoke-WebRequest -UseBasicParsing -Uri "https://hlon4uvqzivj6rqu5lk7u362eb.appsync-api.us-east-1.amazonaws.com/graphql" `
-Method "POST" `
-Headers @{
"authority"="hlon4uvqzivj6rqu5lk7u362eb.appsync-api.us-east-1.amazonaws.com"
  "method"="POST"
  "x-api-key"="da2-aaaaaaaaaaaaaaaaaaaaaaaaaa"
} `
-ContentType "application/json" `
-Body "{`"query`": `"query Q { getPost(id: \`"1\`") { id title } }`"}"
