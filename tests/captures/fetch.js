fetch("https://hlon4uvqzivj6rqu5lk7u362eb.appsync-api.us-east-1.amazonaws.com/graphql", {
  "headers": {
    "accept": "*/*",
    "authorization": "eyJraWQiOiIzZ1REQmxVdmdtekpXY3RjWWFJZ3BNUi9ibGIvNVRidFNpOEhMdnJsVEpRPSIsImFsZyI6IlJTMjU2In0.eyJzdWIiOiIzZjZjMWE1Mi03ZDBlLTRiOGYtOWEyMS01YzRlOGQ3YjZhMTAiLCJjb2duaXRvOmdyb3VwcyI6WyJFZGl0b3JzIl0sImlzcyI6Imh0dHBzOi8vY29nbml0by1pZHAudXMtZWFzdC0xLmFtYXpvbmF3cy5jb20vdXMtZWFzdC0xX0Jsb2cxMjM0NSIsImNsaWVudF9pZCI6InZ5enpvNHBvZHF6d2dic2FkeGp4eTcwMXZoIiwib3JpZ2luX2p0aSI6IjFlYTRkNWViLThiZDItNGJiNC1hMzY1LTA3NzJlOGZmM2RlYyIsImV2ZW50X2lkIjoiMmM4OTA4YTAtZmNiYy00MDU1LWFmYjQtMGJiYzUyODc4ZDQzIiwidG9rZW5fdXNlIjoiYWNjZXNzIiwic2NvcGUiOiJhd3MuY29nbml0by5zaWduaW4udXNlci5hZG1pbiIsImF1dGhfdGltZSI6MTc2ODQ3NzkyMCwiZXhwIjoxNzY4NDgxNTIwLCJpYXQiOjE3Njg0Nzc5MjAsImp0aSI6ImRhODQ3ODE1LTU2ODYtNDBkZS1hY2E2LWE4MmNkM2Q4OTczOSIsInVzZXJuYW1lIjoiYm9iIn0.RdkVI_fP7sNftKAd_2reilm8KA29A0LOefS4Sb6TgZINWLG3KEqbcphFNiOiyeZ7x2oSKiWXKlveFFjqBOI-STuNN8ud3XLXSVfKfO5x58xMDnbFg5_eiTkoP8ZroQheJ48GJfuH6IgFve1UfTZtvwTK0fhMrt4VOIplXpL-EjZTobyW_WMPigYz6AUr3U9lDmWJdu_zMX0QYS9ofgFM1CR-_rSc1Jpr8DLCv9FicE4CI3GkwVIsXLdgQAiRcLtAg_GiBpappmnJn7A34ZMwm2J5dOjsbmPX02noTuMxIyzws7EXg6GOcfJrUlPvKIPolUgSeUN16ZUNHgjuY4AIKA"
  },
  "referrer": "https://blog.example.com/",
  "body": "{\"query\": \"query Q { getPost(id: \\\"1\\\") { id title } }\"}",
  "method": "POST"
});
