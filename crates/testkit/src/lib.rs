//! Demo shops, attackers, benign people and the full-stack harness
