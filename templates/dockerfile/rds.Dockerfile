# Servers of RDS show certificates of Amazon's own authorities, which no system ships.
ADD https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem /usr/local/share/ca-certificates/rds-global-bundle.crt
