use crate::reading::Reading;
use crate::tree::Node;
pub(super) fn read(_root: &Node, _reading: &mut Reading<'_, '_>) {}
