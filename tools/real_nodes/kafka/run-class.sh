#!/bin/sh
# Kafka's programs: the part of bin/kafka-run-class.sh of its distribution that the tests need.
exec java ${KAFKA_HEAP_OPTS:--Xmx256M} ${KAFKA_LOG4J_OPTS:-} -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xshare:auto \
  -cp '/opt/kafka/libs/*' CLASS "$@"
