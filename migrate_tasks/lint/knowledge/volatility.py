"""Which functions an expression calls that may give another value for each row, so that it is computed row by row.

A function that neither Postgres has nor the migrations make counts as volatile, which is what Postgres itself takes a
function for that says nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.sql.operations import Name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from migrate_tasks.lint.schema import Schema
    from migrate_tasks.sql.operations import Expression

# those of PostgreSQL 18 that are stable or immutable and that a person may call (pg_proc.provolatile <> 'v'), and what
# is written like a call: CAST(...), COALESCE(...), numeric(10, 2)
NOT_VOLATILE = """
abbrev abs acos acosd acosh age area array array_append array_cat array_dims array_fill array_length array_lower
array_ndims array_position array_positions array_prepend array_remove array_replace array_reverse array_sort
array_to_json array_to_string array_to_tsvector array_upper ascii asin asind asinh atan atan2 atan2d atand atanh
bigint bit bit_count bit_length bool boolean box bpchar broadcast btrim bytea cardinality casefold cast cbrt ceil
ceiling center char char_length character character_length chr cidr circle coalesce concat concat_ws convert
convert_from convert_to cos cosd cosh cot cotd crc32 crc32c current_database current_date current_schema
current_schemas current_setting current_time current_timestamp current_user date date_add date_bin date_part
date_subtract date_trunc datemultirange daterange dec decimal decode degrees diagonal diameter div encode enum_first
enum_last enum_range erf erfc exp extract factorial family float float4 float8 floor format format_type gamma gcd
get_bit get_byte get_current_ts_config getdatabaseencoding greatest grouping height host hostmask inet_client_addr
inet_client_port inet_server_addr inet_server_port initcap int2 int4 int4multirange int4range int8 int8multirange
int8range integer interval isclosed isempty isfinite isopen json json_array json_array_length json_build_array
json_build_object json_extract_path json_extract_path_text json_object json_populate_record json_scalar
json_serialize json_strip_nulls json_to_record json_to_tsvector json_typeof jsonb_array_length jsonb_build_array
jsonb_build_object jsonb_concat jsonb_delete jsonb_extract_path jsonb_extract_path_text jsonb_insert jsonb_object
jsonb_path_exists jsonb_path_exists_tz jsonb_path_match jsonb_path_match_tz jsonb_path_query_array
jsonb_path_query_array_tz jsonb_path_query_first jsonb_path_query_first_tz jsonb_populate_record
jsonb_populate_record_valid jsonb_pretty jsonb_set jsonb_set_lax jsonb_strip_nulls jsonb_to_record jsonb_to_tsvector
jsonb_typeof justify_days justify_hours justify_interval lcm least left length lgamma line ln localtime
localtimestamp log log10 lower lower_inc lower_inf lpad lseg ltrim macaddr macaddr8 make_date make_interval
make_time make_timestamp make_timestamptz masklen md5 min_scale mod money multirange name netmask network normalize
now npoints nullif num_nonnulls num_nulls numeric nummultirange numnode numrange octet_length oid overlaps overlay
parse_ident path pg_backend_pid pg_client_encoding pg_collation_for pg_current_snapshot pg_current_xact_id
pg_input_error_info pg_input_is_valid pg_lsn pg_size_bytes pg_size_pretty pg_typeof phraseto_tsquery pi
plainto_tsquery point polygon position pow power quote_ident quote_literal quote_nullable radians radius range_merge
real regclass regexp_count regexp_instr regexp_like regexp_match regexp_replace regexp_split_to_array regexp_substr
repeat replace reverse right round row row_to_json rpad rtrim scale session_user set_bit set_byte set_masklen
setweight sha224 sha256 sha384 sha512 sign sin sind sinh slope smallint split_part sqrt starts_with
statement_timestamp string_to_array strip strpos substr substring system_user tan tand tanh text time timestamp
timestamptz timetz timezone to_ascii to_bin to_char to_date to_hex to_json to_jsonb to_number to_oct to_regclass
to_regcollation to_regnamespace to_regoper to_regoperator to_regproc to_regprocedure to_regrole to_regtype
to_regtypemod to_timestamp to_tsquery to_tsvector transaction_timestamp translate treat trim trim_array trim_scale
trunc ts_delete ts_filter ts_headline ts_lexize ts_rank ts_rank_cd tsmultirange tsrange tstzmultirange tstzrange
tsvector_to_array txid_current unistr upper upper_inc upper_inf uuid_extract_timestamp uuid_extract_version varbit
varchar varying version websearch_to_tsquery width width_bucket xml xml_is_well_formed xml_is_well_formed_content
xml_is_well_formed_document xmlcomment xmlconcat xmlconcat2 xmlelement xmlexists xmlforest xmlparse xmlpi xmlroot
xmlserialize xmltext xpath xpath_exists
"""
VOLATILE = """
clock_timestamp currval gen_random_uuid lastval nextval random random_normal setval timeofday uuidv4 uuidv7
"""
WORDS = """
all and any array as at between by case collate distinct else filter from ilike in is like not on operator or over
similar some then to using when where with within zone
"""
CALLED = frozenset(NOT_VOLATILE.split())
KNOWN = CALLED | frozenset(VOLATILE.split())
NO_FUNCTIONS = frozenset(WORDS.split())


def volatile_calls(expression: Expression, schema: Schema) -> Iterator[str]:
    """Yield the functions that the expression calls and that are volatile, or may be."""
    for name in _calls(expression.words):
        if _is_volatile(name, schema):
            yield str(name)


def is_known(name: str, schema: Schema) -> bool:
    """Return whether a function is one of Postgres' own, or one that the migrations make."""
    return name.removeprefix("pg_catalog.") in KNOWN or any(str(made) == name for made in schema.functions)


def _is_volatile(name: Name, schema: Schema) -> bool:
    if name in schema.functions:
        return schema.functions[name] == "volatile"
    return name.schema not in (None, "pg_catalog") or name.name not in CALLED


def _calls(words: Sequence[str]) -> Iterator[Name]:
    """Yield the names before parentheses that are functions, not types or words."""
    for at, word in enumerate(words):
        name = _name_before(words, at) if word == "(" else None
        if name and (name.schema or name.name not in NO_FUNCTIONS):
            yield name


def _name_before(words: Sequence[str], at: int) -> Name | None:
    """Return the name that ends before a place, unless it is that of a type, behind ``::`` or AS."""
    if at == 0 or not (words[at - 1][0].isalpha() or words[at - 1][0] in '_"'):
        return None
    has_schema = at > 2 and words[at - 2] == "."  # noqa: PLR2004 -- "app.f" are three words
    first = at - 3 if has_schema else at - 1
    if first > 0 and words[first - 1] in ("::", "AS"):
        return None
    schema = _folded(words[first]) if has_schema else None
    return Name(_folded(words[at - 1]), None if schema == "public" else schema)


def _folded(word: str) -> str:
    return word[1:-1].replace('""', '"') if word.startswith('"') else word.lower()
