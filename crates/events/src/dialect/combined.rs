//! See the task.
