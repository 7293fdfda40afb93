//! Response bytes to disclosure: who leaves with this body
