//! Who may do what with which class of data.
