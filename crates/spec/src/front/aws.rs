use crate::reading::Reading;
use crate::tree::Node;
pub(super) fn read_template(_root: &Node, _name: &str, _reading: &mut Reading<'_, '_>) {}
pub(super) fn read_plan(_root: &Node, _name: &str, _reading: &mut Reading<'_, '_>) {}
