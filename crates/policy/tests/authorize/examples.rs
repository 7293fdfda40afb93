//! The example files that ship with Tidegate do what their comments say.
