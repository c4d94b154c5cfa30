"""The arguments that constructors and calls of well-known clients take: the union of the versions named.

Read from the sources of the packages on PyPI, 2026-11-25; where a call takes ``**kwargs`` it is not here.
"""


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


# redis 3.5.3, 4.6.0, 5.2.1, 8.1.0.
_REDIS = _names("""
    host port db password socket_timeout socket_connect_timeout socket_read_size socket_keepalive
    socket_keepalive_options connection_pool unix_socket_path encoding encoding_errors charset errors decode_responses
    retry_on_timeout retry retry_on_error ssl ssl_keyfile ssl_certfile ssl_cert_reqs ssl_include_verify_flags
    ssl_exclude_verify_flags ssl_ca_certs ssl_ca_path ssl_ca_data ssl_check_hostname ssl_password ssl_validate_ocsp
    ssl_validate_ocsp_stapled ssl_ocsp_context ssl_ocsp_expected_cert ssl_min_version ssl_ciphers max_connections
    single_connection_client health_check_interval client_name lib_name lib_version driver_info username
    redis_connect_func credential_provider protocol legacy_responses cache cache_config event_dispatcher
    maint_notifications_config oss_cluster_maint_notifications_handler
""")
_REDIS_ASYNC = _REDIS | _names("auto_close_connection_pool")

# boto3 1.44.8.
_BOTO3_CREDENTIALS = _names("region_name aws_access_key_id aws_secret_access_key aws_session_token aws_account_id")
_BOTO3_CLIENT = _BOTO3_CREDENTIALS | _names("service_name api_version use_ssl verify endpoint_url config")
_BOTO3_SESSION = _BOTO3_CREDENTIALS | _names("botocore_session profile_name")
_BOTOCORE_CONFIG = _names("""
    region_name signature_version user_agent user_agent_extra user_agent_appid connect_timeout read_timeout
    parameter_validation max_pool_connections proxies proxies_config s3 s3_disable_express_session_auth retries
    client_cert inject_host_prefix endpoint_discovery_enabled use_dualstack_endpoint use_fips_endpoint
    ignore_configured_endpoint_urls defaults_mode tcp_keepalive request_min_compression_size_bytes
    disable_request_compression client_context_params sigv4a_signing_region_set request_checksum_calculation
    response_checksum_validation account_id_endpoint_mode auth_scheme_preference
""")

# aiohttp 3.8.6, 3.14.5.
_AIOHTTP_SESSION = _names("""
    base_url connector loop cookies headers proxy proxy_auth skip_auto_headers auth json_serialize json_serialize_bytes
    request_class response_class ws_response_class version cookie_jar connector_owner raise_for_status read_timeout
    conn_timeout timeout auto_decompress trust_env requote_redirect_url trace_configs read_bufsize max_line_size
    max_field_size max_headers fallback_charset_resolver middlewares ssl_shutdown_timeout
""")
_AIOHTTP_CONNECTOR = _names("""
    verify_ssl fingerprint use_dns_cache ttl_dns_cache dns_cache_max_size family ssl_context ssl local_addr resolver
    keepalive_timeout force_close limit limit_per_host enable_cleanup_closed loop timeout_ceil_threshold
    happy_eyeballs_delay interleave socket_factory ssl_shutdown_timeout
""")
_AIOHTTP_TIMEOUT = _names("total connect sock_read sock_connect ceil_threshold")

# requests 2.34.2.
_REQUESTS = _names("""
    method url params data headers cookies files auth timeout allow_redirects proxies hooks stream verify cert json
""")
_REQUESTS_CALLS = ("request", "get", "options", "head", "post", "put", "patch", "delete")

# httpx 0.24.1, 0.28.1.
_HTTPX = _names("""
    auth params headers cookies verify cert trust_env http1 http2 proxy proxies mounts timeout follow_redirects limits
    max_redirects event_hooks base_url transport app default_encoding
""")

# CPython 3.14.
_THREADS = _names("max_workers thread_name_prefix initializer initargs")
_PROCESSES = _names("max_workers mp_context initializer initargs max_tasks_per_child")

ARGUMENTS: dict[str, frozenset[str]] = {
    "redis.Redis": _REDIS,
    "redis.StrictRedis": _REDIS,
    "redis.client.Redis": _REDIS,
    "redis.asyncio.Redis": _REDIS_ASYNC,
    "boto3.client": _BOTO3_CLIENT,
    "boto3.resource": _BOTO3_CLIENT,
    "boto3.Session": _BOTO3_SESSION,
    "boto3.session.Session": _BOTO3_SESSION,
    "botocore.config.Config": _BOTOCORE_CONFIG,
    "botocore.client.Config": _BOTOCORE_CONFIG,
    "aiohttp.ClientSession": _AIOHTTP_SESSION,
    "aiohttp.TCPConnector": _AIOHTTP_CONNECTOR,
    "aiohttp.ClientTimeout": _AIOHTTP_TIMEOUT,
    "httpx.Client": _HTTPX,
    "httpx.AsyncClient": _HTTPX,
    "concurrent.futures.ThreadPoolExecutor": _THREADS,
    "concurrent.futures.ProcessPoolExecutor": _PROCESSES,
    **{f"requests.{call}": _REQUESTS for call in _REQUESTS_CALLS},
}
