//! Every mistake that a file can have, as it is told.

use crate::{all, refusal};

macro_rules! mistakes {
    ($($name:ident: $text:expr;)*) => {$(
        #[test]
        fn $name() {
            insta::assert_snapshot!(stringify!($name), refusal($text));
        }
    )*};
}

mistakes! {
    a_line_without_an_equals_sign: "[defaults]\nport 25\n";
    a_text_without_quotes: "[defaults]\nhost = mail.example\n";
    a_text_that_does_not_end: "[defaults]\nhost = \"mail.example\n";
    a_secret_that_does_not_end: "[services.a]\nurl = \"smtp://x\"\npassword = \"hunter2\n";
    a_secret_of_several_lines_that_does_not_end:
        "[services.a]\nurl = \"smtp://x\"\npassword = \"\"\"\nhunter2\nhunter2 = hunter2\n[hunter2\n";
    a_header_that_does_not_end: "[services.a\nurl = \"smtp://x\"\n";
    a_key_that_stands_twice: "[services.a]\nurl = \"smtp://x\"\nurl = \"smtp://hunter2\"\n";
    a_section_that_stands_twice: "[stacks.a]\nmodules = \"Tcp\"\n[stacks.a]\nmodules = \"Tcp\"\n";
    a_property_in_two_spellings:
        "[services.a]\nurl = \"smtp://x\"\nlocal_mail_domain = \"x\"\nlocalMailDomain = \"y\"\n";
    a_property_of_the_stack_and_of_its_layer:
        "[services.a]\nmodules = \"Tcp\"\nport = 1\nTcp.port = 2\n";
    an_unknown_section: "[service.a]\nurl = \"smtp://hunter2\"\n";
    an_unknown_section_like_no_other: "[zzz]\nx = 1\n";
    a_section_that_is_a_value: "defaults = 3\n";
    a_stack_that_is_a_value: "[stacks]\nmail = \"Smtp,Util,Tcp\"\n";
    a_service_whose_name_is_a_url: "[services.\"smtp://x\"]\nmodules = \"Tcp\"\n";
    a_service_without_a_stack: "[services.mailhub]\nhost = \"mail.example\"\n";
    a_stack_without_modules: "[stacks.mail]\nport = 25\n";
    a_service_with_a_stack_and_modules:
        "[stacks.m]\nmodules = \"Tcp\"\n[services.a]\nstack = \"m\"\nmodules = \"Tcp\"\n";
    a_service_of_a_stack_that_is_not_there:
        "[stacks.mail]\nmodules = \"Tcp\"\n[services.a]\nstack = \"mial\"\n";
    a_secret_of_a_service_whose_stack_is_not_there:
        "[stacks.m]\nmodules = \"Tcp\"\n[services.a]\nstack = \"n\"\npassword = \"hunter2\"\n\
         prot = 25\n\"Util#2\".x = 1\nport = 25\n";
    a_service_of_a_stack_where_there_is_none: "[services.a]\nstack = \"mail\"\n";
    a_service_of_a_stack_like_no_other:
        "[stacks.mail]\nmodules = \"Tcp\"\n[services.a]\nstack = \"zzz\"\n";
    modules_as_a_list: "[stacks.mail]\nmodules = [\"Smtp\", \"Util\", \"Tcp\"]\n";
    a_stack_as_a_number: "[services.a]\nstack = 3\n";
    a_url_as_a_number: "[services.a]\nurl = 25\n";
    an_unknown_module: "[stacks.mail]\nmodules = \"Smtp,Utl,Tcp\"\n";
    two_unknown_modules: "[stacks.mail]\nmodules = \"Smtp, Utl,  Tpc\"\n";
    an_unknown_module_like_no_other: "[stacks.mail]\nmodules = \"Smtp,Util,Carrier\"\n";
    an_order_that_lacks_a_layer: "[stacks.mail]\nmodules = \"Smtp,Tcp\"\n";
    an_order_without_a_bottom: "[stacks.mail]\nmodules = \"Smtp,Util\"\n";
    an_order_with_a_bottom_above: "[stacks.mail]\nmodules = \"Tcp,Util\"\n";
    modules_that_are_none: "[stacks.mail]\nmodules = \"\"\n";
    an_unknown_property: "[services.a]\nmodules = \"Tcp\"\nprot = 25\n";
    an_unknown_property_that_may_be_a_secret:
        "[services.a]\nurl = \"smtp://x\"\npasword = \"hunter2\"\n";
    an_unknown_property_of_a_layer: "[services.a]\nurl = \"smtp://x\"\nTcp.zzz = 25\n";
    a_property_of_a_module_that_the_stack_lacks:
        "[services.a]\nurl = \"smtp://x?tls=none\"\nca_file = \"ca.pem\"\n";
    an_unknown_property_in_defaults: "[defaults]\nprot = 25\n";
    an_unknown_property_of_a_user_s_module: "[services.a]\nmodules = \"Radio\"\nchanel = 7\n";
    an_unknown_layer: "[services.a]\nmodules = \"Smtp,Util,Tcp\"\n[services.a.Tpc]\nport = 25\n";
    a_layer_that_the_stack_lacks:
        "[services.a]\nmodules = \"Smtp,Util,Tcp\"\nTls.ca_file = \"ca.pem\"\n";
    an_unknown_layer_in_defaults: "[defaults]\nTpc.port = 25\n";
    a_property_that_is_only_read: "[services.a]\nmodules = \"Tcp\"\npeer = \"x\"\n";
    a_property_that_is_only_read_of_a_user_s_module:
        "[services.a]\nmodules = \"Radio\"\nstrength = 5\n";
    a_number_out_of_range: "[services.a]\nmodules = \"Tcp\"\nport = 70000\n";
    a_number_beyond_all_ranges: "[services.a]\nmodules = \"Tcp\"\nport = 99999999999999999999\n";
    a_number_where_text_belongs: "[services.a]\nmodules = \"Tcp\"\nhost = 25\n";
    a_word_where_truth_belongs: "[services.a]\nmodules = \"Tcp\"\nnodelay = \"yes\"\n";
    a_word_that_is_none_of_a_choice: "[services.a]\nurl = \"smtp://x\"\ntls = \"always\"\n";
    a_time_that_is_none: "[services.a]\nmodules = \"Tcp\"\nconnect_timeout = \"5 parsecs\"\n";
    a_date: "[services.a]\nmodules = \"Tcp\"\nconnect_timeout = 2026-11-26\n";
    a_list_where_a_number_belongs: "[services.a]\nmodules = \"Tcp\"\nport = [25, 587]\n";
    a_secret_in_plain_text:
        "[services.a]\nurl = \"smtp://x\"\npassword = \"hunter2\" # from the vault\n";
    a_secret_of_a_user_s_module_in_plain_text:
        "[services.a]\nmodules = \"Radio\"\nday_key = \"hunter2\"\n";
    a_secret_beside_another_mistake:
        "[services.a]\nurl = \"smtp://x\"\nSmtp = { password = \"hunter2\", usr = \"ann\" }\n";
    a_reference_to_nowhere: "[services.a]\nurl = \"smtp://x\"\npassword = { vault = \"hunter2\" }\n";
    a_reference_to_two_places:
        "[services.a]\nurl = \"smtp://x\"\npassword = { env = \"A\", file = \"b\" }\n";
    a_reference_to_nothing: "[services.a]\nurl = \"smtp://x\"\npassword = { env = \"\" }\n";
    a_url_of_the_web: "[services.a]\nurl = \"https://mail.example\"\n";
    a_url_with_a_password: "[services.a]\nurl = \"smtp://ann:hunter2@mail.example\"\n";
    a_url_with_a_password_that_is_none:
        "[services.a]\nurl = \"smtp://ann:hunter2@mail.example:x\"\n";
    a_parity_that_the_stack_cannot_bear:
        "[stacks.mail]\nmodules = \"Tls,Util,Tcp\"\nUtil.write_parity = \"even\"\n";
    a_log_without_a_directory: "[log]\nlevels = \"pdus\"\n";
    a_log_with_an_unknown_key: "[log]\ndirectory = \"logs\"\nlevel = \"pdus\"\n";
    a_log_with_an_unknown_level: "[log]\ndirectory = \"logs\"\nlevels = \"production,Smtp=pdu\"\n";
    a_log_of_an_unknown_layer: "[log]\ndirectory = \"logs\"\nlevels = \"Smpt=pdus\"\n";
    a_log_in_a_number: "[log]\ndirectory = 3\nlevels = 3\n";
    a_log_without_any_room: "[log]\ndirectory = \"logs\"\nmax_size = 0\n";
    a_log_that_is_a_value: "log = \"logs\"\n";
    a_line_that_a_terminal_would_act_on: "[services.a]\nmodules = \"Tcp\"\n\"\\u001b[2J\" = 1\n";
    a_long_line: &format!("[services.a]\nmodules = \"Tcp\"\nhost = {}\n", "1".repeat(300));
}

#[test]
fn all_mistakes_are_told_at_once_in_the_order_of_the_file() {
    let text = "\
[defalts]
port = 25

[stacks.mail]
modules = \"Smtp,Tcp\"
prot = 25

[services.a]
stack = \"mial\"

[services.b]
modules = \"Util,Tcp\"
host = 3
port = 70000
peer = \"x\"
";
    assert_eq!(
        all(text),
        [
            "1:2: there is no section `defalts`",
            "5:11: Smtp needs a line service (Util) directly below, found Tcp:  \
             Smtp > [Util?] > Tcp",
            "6:1: Smtp > Tcp has no property `prot`",
            "9:9: there is no stack `mial`",
            "13:8: `host` is text, not `3`",
            "14:8: `port` is a whole number from 0 to 65535, not `70000`",
            "15:1: `Tcp.peer` can be read and not set",
        ]
    );
}

#[test]
fn a_mistake_of_a_stack_is_told_once_however_many_services_have_it() {
    let text = "[stacks.m]\nmodules = \"Tcp\"\nport = -1\n[services.a]\nstack = \"m\"\n\
                [services.b]\nstack = \"m\"\n";
    assert_eq!(all(text), ["3:8: `port` is a whole number from 0 to 65535, not `-1`"]);
}

#[test]
fn what_an_unknown_module_may_have_is_no_mistake() {
    let text = "[services.a]\nmodules = \"Smtp,Util,Carrier\"\nwings = 2\nCarrier.speed = 3\n";
    assert_eq!(all(text), ["2:22: no module is called `Carrier`"]);
}

#[test]
fn of_very_many_mistakes_the_first_are_told_and_the_rest_counted() {
    let lines = (0..500).map(|n| format!("x{n} = 1")).collect::<Vec<_>>();
    let told = refusal(&lines.join("\n"));
    assert_eq!(told.matches("there is no section").count(), 100);
    assert!(told.ends_with("\n\nand 400 more"), "{}", &told[told.len() - 40..]);
}
