"""Functions of SQL that are known to write nothing, so that a statement which calls no other one only reads.

A function that is not here may be the project's own, and those can do anything. Names are those of PostgreSQL,
MySQL, MariaDB, SQLite, PostGIS and of Django's functions for SQLite, in lower case.
"""

import re

from manydb.core.patterns import pattern

# Words and types that stand before a parenthesis and call nothing.
_WORDS = """
all alter and any array as asc between binary bit both by case cast char character check collate columns constraint
convert cross cube current date datetime decimal default desc distinct div double else end escape except exists
explain fetch filter first float following for force from full group grouping having ignore ilike in index inner
intersect interval is isnull join json_table key lateral leading left like limit lower_inf materialized mod natural
next not notnull null nulls numeric of offset on only or order ordinality outer over partition preceding precision
primary range recursive regexp respect right rlike rollup row rows select sets signed similar some symmetric table
tablesample then time timestamp timestamptz to trailing unbounded union unique unknown unsigned use using values
varbinary varbit varchar varying when where window with within without xor year zone analyze begin costs verbose
buffers format
"""

_FUNCTIONS = """
abs acos acosh acos adddate addtime aes_decrypt aes_encrypt age any_value array_agg array_append array_cat
array_dims array_fill array_length array_lower array_ndims array_position array_positions array_prepend
array_remove array_replace array_sample array_shuffle array_to_json array_to_string array_upper ascii asin asinh
atan atan2 atan2d atand atanh avg benchmark bin bin_to_uuid bit_and bit_count bit_length bit_or bit_xor bool_and
bool_or btrim cardinality cbrt ceil ceiling changes char_length character_length charset chr clock_timestamp coalesce
coercibility col_description collation compress concat concat_ws connection_id contains conv convert_from convert_to
convert_tz corr cos cosd cosh cot cotd count covar_pop covar_samp crc32 cume_dist curdate current_catalog current_database
current_date current_query current_role current_schema current_schemas current_setting current_time
current_timestamp current_user curtime database date_add date_bin date_format date_part date_sub date_trunc datediff
day dayname dayofmonth dayofweek dayofyear decode degrees dense_rank difference div elt encode enum_first enum_last
enum_range every exp export_set extract extractvalue factorial field find_in_set first_value floor format format_bytes
format_type found_rows from_base64 from_days from_unixtime gcd gen_random_uuid generate_series generate_subscripts
get_bit get_byte get_lock getdatabaseencoding glob greatest group_concat grouping_id height hex host hour hstore if
ifnull iif inet inet6_aton inet6_ntoa inet_aton inet_ntoa inet_client_addr inet_client_port inet_server_addr inet_server_port inet_same_family initcap insert instr is_free_lock
is_ipv4 is_ipv6 is_used_lock is_uuid isempty isfinite isnull json json_agg json_array json_array_append
json_array_elements json_array_elements_text json_array_insert json_array_length json_arrayagg json_build_array
json_build_object json_compact json_contains json_contains_path json_depth json_detailed json_each json_each_text
json_exists json_extract json_extract_path json_extract_path_text json_group_array json_group_object json_insert
json_keys json_length json_merge json_merge_patch json_merge_preserve json_object json_object_agg
json_object_keys json_objectagg json_overlaps json_patch json_populate_record json_pretty json_query json_quote
json_remove json_replace json_scalar json_search json_serialize json_set json_strip_nulls json_to_record
json_to_recordset json_tree json_type json_typeof json_unquote json_valid json_value jsonb jsonb_agg
jsonb_array_elements jsonb_array_elements_text jsonb_array_length jsonb_build_array jsonb_build_object jsonb_each
jsonb_each_text jsonb_exists jsonb_exists_all jsonb_exists_any jsonb_extract_path jsonb_extract_path_text
jsonb_insert jsonb_object jsonb_object_agg jsonb_object_keys jsonb_path_exists jsonb_path_match jsonb_path_query
jsonb_path_query_array jsonb_path_query_first jsonb_pretty jsonb_set jsonb_set_lax jsonb_strip_nulls
jsonb_to_record jsonb_to_recordset jsonb_typeof julianday justify_days justify_hours justify_interval lag last_day
last_insert_id last_insert_rowid last_value lastval lcase lcm lead least length levenshtein ln load_extension locate log
log10 log2 lower lpad ltrim make_date make_interval make_set make_time make_timestamp make_timestamptz makedate
maketime mask max md5 metaphone microsecond mid min minute mode month monthname multirange nanvl netmask network
normalize now nth_value ntile nullif num_nonnulls num_nulls numnode obj_description oct octet_length ord overlaps
overlay parse_ident percent_rank percentile_cont percentile_disc period_add period_diff
phraseto_tsquery pi plainto_tsquery position pow power pragma_table_info printf quarter querytree quote quote_ident
quote_literal quote_nullable radians random random_bytes random_normal range_agg range_merge rank regexp
regexp_count regexp_instr regexp_like regexp_match regexp_matches regexp_replace regexp_split_to_array
regexp_split_to_table regexp_substr regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope regr_sxx
regr_sxy regr_syy release_lock repeat replace reverse round row_count row_number row_to_json rpad rtrim
scale schema sec_to_time second session_user setseed setweight sha sha1 sha2 sha224 sha256 sha384 sha512
shobj_description sign similarity sin sind sinh sleep soundex space split_part sqlite_version sqrt
starts_with statement_timestamp std stddev stddev_pop stddev_samp str_to_date strcmp strftime strict_word_similarity
string_agg string_to_array string_to_table strip strpos subdate subnet substr substring substring_index subtime sum
sysdate system_user tan tand tanh time_format time_to_sec timediff timeofday timestampadd timestampdiff to_ascii
to_base64 to_char to_date to_days to_hex to_json to_jsonb to_number to_regclass to_seconds to_timestamp to_tsquery
to_tsvector total total_changes transaction_timestamp translate trim trim_array trim_scale trunc truncate
ts_delete ts_filter ts_headline ts_lexize ts_parse ts_rank ts_rank_cd ts_rewrite tsquery_phrase tsrange tstzrange
daterange int4range int8range numrange tsvector_to_array txid_current_snapshot typeof ucase unaccent uncompress
unhex unicode unistr unixepoch unix_timestamp unnest updatexml upper upper_inf user utc_date utc_time utc_timestamp
uuid uuid_generate_v1 uuid_generate_v4 uuid_short uuid_to_bin uuidv4 uuidv7 validate_password_strength var_pop
var_samp variance version wait_for_executed_gtid_set master_gtid_wait websearch_to_tsquery week weekday weekofyear
width_bucket word_similarity xmlagg xmlconcat xmlelement xmlforest xmlparse xmlserialize xpath xpath_exists
yearweek zeroblob area circle center box diagonal diameter height isclosed isopen lseg npoints path pclose point
polygon popen radius slope width akeys avals defined each exist hstore_to_array hstore_to_json hstore_to_matrix
skeys slice svals nlevel subltree subpath text2ltree ltree2text lca index crosstab crypt gen_salt digest hmac
pg_backend_pid pg_client_encoding pg_collation_is_visible pg_column_compression pg_column_size pg_conf_load_time
pg_current_snapshot pg_current_wal_flush_lsn pg_current_wal_insert_lsn pg_current_wal_lsn pg_current_xact_id_if_assigned
pg_describe_object pg_encoding_to_char pg_function_is_visible pg_has_role pg_input_is_valid pg_is_in_recovery
pg_is_wal_replay_paused pg_last_committed_xact pg_last_wal_receive_lsn pg_last_wal_replay_lsn
pg_last_xact_replay_timestamp pg_listening_channels pg_lock_status pg_opclass_is_visible pg_options_to_table
pg_postmaster_start_time pg_relation_filenode pg_relation_filepath pg_sequence_last_value pg_size_bytes
pg_size_pretty pg_sleep pg_sleep_for pg_sleep_until pg_snapshot_xip pg_tablespace_location pg_table_is_visible
pg_timezone_names pg_type_is_visible pg_typeof pg_visible_in_snapshot pg_wal_lsn_diff pg_walfile_name
pg_walfile_name_offset pg_xact_commit_timestamp row_security_active
"""

_KNOWN = frozenset(_WORDS.split()) | frozenset(_FUNCTIONS.split())
# Families whose names the servers, PostGIS and Django keep for themselves.
_FAMILIES = pattern(
    r"st_\w+|django_\w+|pg_get_\w+|has_\w+_privilege|pg_(?:try_)?advisory_\w+|pg_\w+_size|pg_stat_get_\w+|"
    r"mbr\w+|geom(?:etry|collection)?\w*|geography\w*|lineString|multi(?:point|polygon|linestring)",
    re.IGNORECASE,
)


def is_harmless(name: str) -> bool:
    """Whether a name before a parenthesis calls nothing that writes. A qualified one is pg_catalog's only."""
    *schemas, function = name.lower().split(".")
    if schemas not in ([], ["pg_catalog"]):
        return False
    return function in _KNOWN or _FAMILIES.fullmatch(function) is not None
