//! The station as a whole: tables of tokens, keys and answers.
