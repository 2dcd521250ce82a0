-- grain: one row an open item that a period or an earlier one found, its deadline as stored
-- parameters: scheme, period
SELECT unit_code, indicator, deadline, is_provisional
FROM rectification_item
WHERE scheme = :scheme AND opened_period <= :period AND kind = 'rectification' AND is_open
