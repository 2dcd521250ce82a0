-- grain: one row an item that an earlier period found and that is still open, its deadline as stored
-- parameters: scheme, period
SELECT unit_code, indicator, deadline, is_provisional
FROM rectification_item
WHERE scheme = :scheme AND opened_period < :period AND kind = 'rectification' AND is_open
