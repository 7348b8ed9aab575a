//! Accounts with one purse against others that sit still (item 12).
