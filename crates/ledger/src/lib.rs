//! Exposures, hash chain, and the arithmetic of a leak
