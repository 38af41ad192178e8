"""The formats in which alerts come from elsewhere: one module for each, `registry` names them."""
