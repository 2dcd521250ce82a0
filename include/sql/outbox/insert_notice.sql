-- grain: one notice by its unique key; the same again changes nothing, save that one skipped before, or of which no mail
-- could be made, becomes pending where it is wanted now; one that a mail carried never does
-- parameters: every column of notice but mail_id
-- writes: notice
INSERT INTO notice (
    id, kind, subject, stage, recipient, revision, unit_code, street_code, scheme, period, due_at, copy_to,
    payload, attachments, signed, state, reason, bundle
)
VALUES (
    :id, :kind, :subject, :stage, :recipient, :revision, :unit_code, :street_code, :scheme, :period, :due_at, :copy_to,
    :payload, :attachments, :signed, :state, :reason, :bundle
)
ON CONFLICT (id) DO UPDATE SET
    street_code = excluded.street_code,
    due_at = excluded.due_at,
    copy_to = excluded.copy_to,
    payload = excluded.payload,
    attachments = excluded.attachments,
    signed = excluded.signed,
    state = excluded.state,
    reason = excluded.reason
WHERE notice.state IN ('skipped', 'failed') AND notice.mail_id IS NULL AND excluded.state = 'pending'
