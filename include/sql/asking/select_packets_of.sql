-- grain: one form of a unit's period and the packet with which its filler was told of it, the newest first
-- parameters: scheme, period, unit_code
-- writes: nothing
SELECT opened_form.form, notice.attachments
FROM opened_form
INNER JOIN notice ON notice.unit_code = opened_form.unit_code AND notice.due_at = opened_form.asked_at
WHERE
    opened_form.scheme = :scheme
    AND opened_form.period = :period
    AND opened_form.unit_code = :unit_code
    AND opened_form.reader = ''
    AND notice.kind = 'packet_opened'
ORDER BY notice.due_at DESC, opened_form.form
