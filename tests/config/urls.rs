//! Every mistake that a URL can have, as it is told.

use comms::MailUrl;

macro_rules! mistakes {
    ($($name:ident: $url:literal;)*) => {$(
        #[test]
        fn $name() {
            let told = MailUrl::parse($url).unwrap_err().to_string();
            assert!(!told.contains("hunter2"), "{told}");
            insta::assert_snapshot!(stringify!($name), format!("{}\n--url: {told}", $url));
        }
    )*};
}

mistakes! {
    url_without_a_scheme: "mail.example";
    url_of_another_scheme: "http://x";
    url_of_a_scheme_that_is_nearly_right: "smpt://x";
    url_with_a_port_that_is_none: "smtp://x:99999";
    url_without_a_host: "smtp://:25";
    url_of_a_scheme_alone: "smtp:";
    url_with_a_host_that_is_none: "smtp://a%20b";
    url_with_a_path: "smtp://x/inbox";
    url_with_a_fragment: "smtp://x#inbox";
    url_of_lmtp_without_a_port: "lmtp://x";
    url_of_a_socket_without_a_path: "lmtp+unix:";
    url_of_a_socket_with_options: "lmtp+unix:/run/lmtp?tls=none";
    url_with_an_unknown_option: "smtp://x?tsl=none";
    url_with_a_question_mark_in_its_password: "smtp://ann:?hunter2@x";
    url_with_a_port_and_a_question_mark_in_its_password: "smtp://ann:12?hunter2&hunter2@x";
    url_with_an_unknown_option_beside_a_password: "smtp://x?porxy=socks5://u:hunter2@y";
    url_with_an_unknown_word_for_tls: "smtp://x?tls=maybe";
    url_without_the_tls_that_it_begins_with: "smtps://x?tls=none";
    url_with_an_unknown_word_for_verify: "smtp://x?verify=some";
    url_that_verifies_without_tls: "smtp://x?tls=none&verify=none";
    url_with_a_proxy_that_is_none: "smtp://x?proxy=ftp://y";
    url_with_a_proxy_that_is_no_url: "smtp://x?proxy=y";
    url_with_what_is_no_text: "smtp://%FF@x";
}
