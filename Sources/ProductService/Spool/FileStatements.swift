import Postgres

/// The SQL about files of the spool.
enum FileStatements {
    /// Where each file stands that is not ended, locked until the transaction ends.
    static let lock = Statement(
        """
        SELECT id, text_offset FROM ingest_files WHERE id = ANY($1::uuid[]) AND state = 'open' ORDER BY id
        FOR NO KEY UPDATE
        """)

    /// After its last group, a file of which nothing was taken leaves its bytes free to come again.
    static let advance = Statement(
        """
        UPDATE ingest_files AS file
        SET text_offset = step.text_offset, text_line = step.text_line, records = step.records,
            accepted = file.accepted + step.accepted, refused = file.refused + step.refused,
            duplicates = file.duplicates + step.duplicates,
            state = CASE
                WHEN NOT step.ended THEN file.state
                WHEN file.accepted + step.accepted + file.duplicates + step.duplicates = 0
                     AND file.refused + step.refused > 0 THEN 'rejected'
                ELSE 'done'
            END,
            ended_at = CASE WHEN step.ended THEN $9::timestamptz END
        FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],
                    $8::boolean[])
             AS step (id, text_offset, text_line, records, accepted, refused, duplicates, ended)
        WHERE file.id = step.id
        """)

    static let insertRejects = Statement(
        """
        INSERT INTO spool_rejects (file_id, record, line, text_start, text_end, faults)
        SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::jsonb[])
        """)

    /// Makes the row of a file that is new, and gives what is there of it or of the file whose bytes it repeats.
    static let open = Statement(
        """
        INSERT INTO ingest_files (id, partner, sha256, name, size, format, received_at, retry)
        VALUES ($1::uuid, $2::text, $3::bytea, $4::text, $5::bigint, $6::text, $7::timestamptz, $8::uuid)
        ON CONFLICT DO NOTHING
        """)

    /// Begins with an ended file anew, once for each retry, and not where its bytes have come in again by another file.
    static let reopen = Statement(
        """
        UPDATE ingest_files AS file
        SET state = 'open', text_offset = 0, text_line = 1, records = 0, accepted = 0, refused = 0, duplicates = 0,
            ended_at = NULL, retry = $2::uuid
        WHERE id = $1::uuid AND state <> 'open' AND retry IS DISTINCT FROM $2::uuid
          AND NOT EXISTS (
            SELECT FROM ingest_files AS other
            WHERE other.partner = file.partner AND other.sha256 = file.sha256 AND other.state <> 'rejected'
              AND other.id <> file.id)
        """)

    /// Nothing more comes of a file. If nothing was taken of it, its bytes may come again.
    static let close = Statement(
        """
        UPDATE ingest_files
        SET state = CASE WHEN $2::boolean OR accepted + duplicates > 0 THEN 'done' ELSE 'rejected' END,
            ended_at = $3::timestamptz
        WHERE id = $1::uuid AND state = 'open'
        """)

    /// The file with these bytes that counts, whichever it is.
    static let findBytes = Statement(
        """
        SELECT \(FileRow.columns) FROM ingest_files
        WHERE partner = $1::text AND sha256 = $2::bytea AND state <> 'rejected'
        """)

    /// The file itself, or the one with the same bytes: whichever was there first.
    static let find = Statement(
        """
        SELECT \(FileRow.columns) FROM ingest_files
        WHERE id = $1::uuid OR partner = $2::text AND sha256 = $3::bytea AND state <> 'rejected'
        ORDER BY id <> $1::uuid LIMIT 1
        """)

    /// Waits for a session that may still be writing the file.
    static let reload = Statement("SELECT \(FileRow.columns) FROM ingest_files WHERE id = $1::uuid FOR NO KEY UPDATE")

    static let progress = Statement("SELECT \(FileRow.columns) FROM ingest_files WHERE id = ANY($1::uuid[])")

    static let rejects = Statement(
        """
        SELECT record, line, text_start, text_end, faults::text FROM spool_rejects
        WHERE file_id = $1::uuid AND record > $2::bigint ORDER BY record LIMIT $3::bigint
        """)

    static let forgetRejects = Statement("DELETE FROM spool_rejects WHERE file_id = $1::uuid")

    static let forgetArchivedRejects = Statement(
        """
        DELETE FROM spool_rejects USING ingest_files
        WHERE file_id = id AND state <> 'open' AND NOT id = ANY($1::uuid[])
        """)

    static let resolveSKUs = Statement("SELECT sku, id FROM products WHERE sku = ANY($1::text[])")
}
