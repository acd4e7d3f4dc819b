
EMAIL_HOST = get_param("EMAIL_HOST", "localhost")
EMAIL_PORT = int(get_param("EMAIL_PORT", "587"))
EMAIL_HOST_USER = get_param("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = get_param("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = get_param("EMAIL_USE_TLS", "true") != "false"
EMAIL_TIMEOUT = 10  # seconds that a request waits for a mail server that hangs