curl ^"https://hlon4uvqzivj6rqu5lk7u362eb.appsync-api.us-east-1.amazonaws.com/graphql^" ^
  -H ^"x-api-key: da2-aaaaaaaaaaaaaaaaaaaaaaaaaa^" ^
  --data-raw ^"^{^\^"query^\^": ^\^"query Q ^{ getPost(id: ^\^\^\^"1^\^\^\^") ^{ id title ^} ^}^\^"^}^"
