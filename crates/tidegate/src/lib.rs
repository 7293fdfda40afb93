//! Stops API data leaks and accounts for them
