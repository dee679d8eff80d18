//! The field that says how a part is shown, and under which name (RFC 2183).

use crate::encode::fold::Field;
use crate::encode::param::parameter;

/// `Content-Disposition` with the name of a file.
pub(crate) fn disposition_field(disposition: &str, file_name: &str) -> String {
    let mut field = Field::new("Content-Disposition");
    field.token(disposition);
    parameter(&mut field, "filename", file_name);
    field.finish()
}
