-- grain: one row an item that an earlier period found and that is still open, its deadline as stored
-- parameters: scheme, period, first_street, last_street
SELECT unit_code, indicator, deadline, is_provisional
FROM rectification_item
WHERE unit_code IN (SELECT unit.code FROM unit WHERE unit.street_code BETWEEN :first_street AND :last_street)
    AND scheme = :scheme AND opened_period < :period AND kind = 'rectification' AND is_open
