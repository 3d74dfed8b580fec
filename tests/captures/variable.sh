curl -sS https://hlon4uvqzivj6rqu5lk7u362eb.appsync-api.us-east-1.amazonaws.com/graphql \
  -H "Authorization: Bearer $TOKEN" \
  -d '{"query": "query Q { getPost(id: \"1\") { id title } }"}' | jq .
