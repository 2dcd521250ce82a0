-- grain: every hash of the archive that the record names, once for each place that names it; kind: delivery, evidence …
-- parameters: none
-- reads: delivery, evidence, submission, opened_form, decision, item_event, registry_import, mail, circular
SELECT sha256, 'delivery' AS kind, name FROM delivery
UNION
SELECT sha256, 'evidence', name FROM evidence
UNION
SELECT carrier_sha256, 'carrier', '' FROM evidence
UNION
SELECT returned_sha256, 'returned', unit_code FROM submission WHERE returned_sha256 IS NOT NULL
UNION
SELECT sha256, 'attachment', file_name FROM opened_form
UNION
SELECT sha256, 'decision', kind FROM decision WHERE sha256 IS NOT NULL
UNION
SELECT sha256, 'item', item_id FROM item_event WHERE sha256 IS NOT NULL
UNION
SELECT sha256, 'registry', CAST(valid_from AS TEXT) FROM registry_import
UNION
SELECT streets_sha256, 'registry', CAST(valid_from AS TEXT) FROM registry_import WHERE streets_sha256 IS NOT NULL
UNION
SELECT sha256, 'mail', subject_line FROM mail
UNION
SELECT docx_sha256, 'document', COALESCE(document_number, id) FROM circular WHERE docx_sha256 IS NOT NULL
UNION
SELECT pdf_sha256, 'document', COALESCE(document_number, id) FROM circular WHERE pdf_sha256 IS NOT NULL
UNION
SELECT html_sha256, 'document', COALESCE(document_number, id) FROM circular WHERE html_sha256 IS NOT NULL
UNION
SELECT manifest_sha256, 'document', COALESCE(document_number, id) FROM circular WHERE manifest_sha256 IS NOT NULL
ORDER BY sha256, kind, name
