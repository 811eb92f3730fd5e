"""What files say, as frozen records: parts, lots, scenarios, prices, rules, measured cases."""
