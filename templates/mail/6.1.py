
MAILERS = {
    "default": {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "OPTIONS": {
            "host": get_param("EMAIL_HOST", "localhost"),
            "port": int(get_param("EMAIL_PORT", "587")),
            "username": get_param("EMAIL_HOST_USER", ""),
            "password": get_param("EMAIL_HOST_PASSWORD", ""),
            "use_tls": get_param("EMAIL_USE_TLS", "true") != "false",
            "timeout": 10,  # seconds that a request waits for a mail server that hangs
        },
    },
}