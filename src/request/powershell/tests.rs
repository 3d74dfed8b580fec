use super::*;
use crate::request::CapturedRequest;

fn all(text: &str) -> Vec<CapturedRequest> {
    read("f", text).unwrap().requests
}

#[test]
fn what_browsers_and_people_write() {
    for text in [
        "$session = New-Object Microsoft.PowerShell.Commands.WebRequestSession\n\
         $session.UserAgent = \"Mozilla/5.0 (X11; 'it)\"\n\
         $session.Cookies.Add((New-Object System.Net.Cookie(\"a\", \"b\", \"/\", \"x\")))\n\
         Invoke-WebRequest -UseBasicParsing -Uri \"https://x.example/graphql\" `\n-Method \"POST\" `\n-WebSession $session `\n\
         -Headers @{\n\"authority\"=\"x.example\"\n  \"method\"=\"POST\"\n  \"authorization\"=\"T\"\n} `\n\
         -ContentType \"application/json\" `\n-Body \"{`\"query`\":`\"{ a(x: \\`\"$([char]0xe9)\\`\") }`\"}\"",
        "$headers = @{ Authorization = 'T'; 'x' = \"y\" }\r\n$body = @{\r\n query = '{ a(x: \"é\") }'\r\n variables = @{ n = 1 }\r\n} | ConvertTo-Json -Depth 5\r\n\
         $r = Invoke-RestMethod https://x.example/graphql -Method Post -Headers $headers -Body $body | Select data",
        "irm -Uri 'https://x.example/graphql' -Headers:@{'Authorization'='T'} -Method POST -Body (@{query='{ a(x: \"é\") }'} | ConvertTo-Json)",
        "$p = @{ Uri = 'https://x.example/graphql'; Method = 'Post'; Headers = @{ Authorization = 'T' }\nBody = @'\n{\"query\": \"{ a(x: \\\"é\\\") }\"}\n'@ }\nInvoke-RestMethod @p",
    ] {
        let request = all(text).remove(0);
        assert_eq!((request.method.as_str(), request.host.as_str()), ("POST", "x.example"), "{text}");
        assert_eq!(
            (request.header("authorization"), request.body.query.as_str()),
            (Some("T"), "{ a(x: \"é\") }"),
            "{text}"
        );
        assert!(request.lost.is_empty() && request.header("authority").is_none(), "{text}");
    }
    assert_eq!(all("iwr https://a; Invoke-WebRequest https://b\nIWR https://c").len(), 3);
}

#[test]
fn what_only_running_it_would_tell_is_named() {
    let text =
        "\nInvoke-RestMethod -Uri $url -Headers @{ Authorization = \"Bearer $token\"; k = $key } -InFile body.json";
    let request = all(text).remove(0);
    let lost: Vec<&str> = request.lost.iter().map(|lost| lost.why.as_str()).collect();
    assert_eq!(lost.len(), 3);
    assert_eq!(lost[0], "line 2 says `$token`, and its value is not in the capture");
    assert!(request.may_have_lost_credentials());
}

#[test]
fn errors_have_their_place() {
    let deep = format!("iwr {}", "@(".repeat(5000));
    for (text, message) in [
        ("iwr 'https://x", "f:1:5: `'` is never closed"),
        ("iwr x `\n -Headers @{ a = 'b'", "f:2:11: `@{` is never closed"),
        ("iwr x -Headers @{ a 'b' }", "f:1:21: a table holds `name = value`, and no `=` stands here"),
        ("iwr x -Body @'\na", "f:1:13: `@'` is never closed"),
        (&deep, "f:1:207: nested more than 100 levels deep"),
    ] {
        assert_eq!(read("f", text).unwrap_err().to_string(), message, "{text}");
    }
}
