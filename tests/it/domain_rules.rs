//! Being written by another helper since 09:05 UTC (the lead's decision): whoever else reads this, leave this file alone.
