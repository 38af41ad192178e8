"""What the system status API tells (contract T)."""

from typing import Any

from rest_framework import serializers

from incidents.workflow import IncidentState
from maintenance.lifecycle import Impact, WindowState
from statuspage.openapi.shapes.base import (
    COMMON,
    SEVERITY_WORDS,
    Shape,
    instant,
    number,
    one_of,
    several,
    text,
    texts,
)


class ServiceRegion(Shape):
    region = text()
    status = one_of(COMMON)
    latency = number(allow_null=True)


class SystemService(Shape):
    """`responseTime` is absent when nothing measured; without any known time `uptime` is 100 and
    `uptimeKnown` false."""

    id = text()
    name = text()
    status = one_of(COMMON)
    uptime = number()
    uptimeKnown = serializers.BooleanField()
    responseTime = number(required=False)
    lastIncident = instant(allow_null=True)
    description = text()
    regions = ServiceRegion(many=True)


class SystemIncident(Shape):
    id = text()
    title = text()
    status = one_of([state.value for state in IncidentState])
    severity = one_of(SEVERITY_WORDS["system"])
    startedAt = instant()
    updatedAt = instant()
    affectedServices = texts()
    affectedRegions = texts()
    description = text()


class SystemWindow(Shape):
    id = text()
    title = text()
    startTime = instant()
    endTime = instant()
    affectedServices = texts()
    impact = one_of([impact.value for impact in Impact])
    status = one_of([state.value for state in WindowState])


class ApiRequests(Shape):
    total = serializers.IntegerField()
    successful = serializers.IntegerField()
    failed = serializers.IntegerField()
    averageResponseTime = number()


class NetworkThroughput(Shape):
    inbound = text()
    outbound = text()


class ResourceUsage(Shape):
    cpuUtilization = number()
    memoryUtilization = number()
    storageUsage = number()
    networkThroughput = NetworkThroughput()


class GpuClusters(Shape):
    totalClusters = serializers.IntegerField()
    activeClusters = serializers.IntegerField()
    averageUtilization = number()
    queueLength = serializers.IntegerField()


class SystemMetrics(Shape):
    apiRequests = ApiRequests()
    resourceUsage = ResourceUsage()
    gpuClusters = GpuClusters()


class SystemStatus(Shape):
    overallStatus = one_of(COMMON)
    lastUpdated = instant()
    services = SystemService(many=True)
    incidents = SystemIncident(many=True)
    maintenanceWindows = SystemWindow(many=True)
    metrics = SystemMetrics(required=False)
    warnings = several(text(), required=False)


class ServiceNeeds(Shape):
    dependencies = texts()
    status = one_of(COMMON)


class HistoryDay(Shape):
    """Null is what nothing is known of."""

    date = serializers.DateField()
    status = one_of(COMMON, allow_null=True)
    uptime = number(allow_null=True)


class ServiceHistory(Shape):
    id = text()
    name = text()
    days = HistoryDay(many=True)


class History(Shape):
    days = serializers.IntegerField()
    lastUpdated = instant()
    services = ServiceHistory(many=True)
    warnings = several(text(), required=False)


class SystemStatusQuery(serializers.Serializer[Any]):
    """`a,b`, `services=a&services=b` and `services[]=a` are the same."""

    services = several(serializers.CharField(max_length=100), required=False)
    regions = several(serializers.CharField(max_length=100), required=False)
    includeMetrics = serializers.BooleanField(default=False)
    includeIncidents = serializers.BooleanField(default=True)


class HistoryQuery(serializers.Serializer[Any]):
    service = several(serializers.CharField(max_length=100), required=False)
    services = several(serializers.CharField(max_length=100), required=False)
    days = serializers.IntegerField(min_value=1, max_value=90, default=90)
