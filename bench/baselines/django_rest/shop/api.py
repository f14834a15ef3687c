"""Django REST framework with django-filter and keyset pages (its cursor pagination), and the total beside them."""

from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django_filters import rest_framework as filters
from rest_framework import pagination, serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from shop.models import Integration


class IntegrationSerializer(serializers.ModelSerializer):
    workspaceId = serializers.UUIDField(source="workspace_id")
    iconUrl = serializers.CharField(source="icon_url")
    trustTier = serializers.CharField(source="trust_tier")
    currentVersion = serializers.CharField(source="current_version")
    manifest = serializers.ReadOnlyField(source="version.manifest_snapshot")
    variablesSchema = serializers.ReadOnlyField(source="version.variables_schema_snapshot")
    authConfig = serializers.ReadOnlyField(source="version.auth_config_snapshot")
    createdBy = serializers.UUIDField(source="created_by")
    deletedAt = serializers.DateTimeField(source="deleted_at")
    retentionTier = serializers.CharField(source="retention_tier")
    createdAt = serializers.DateTimeField(source="created_at")
    updatedAt = serializers.DateTimeField(source="updated_at")

    class Meta:
        model = Integration
        fields: ClassVar[list[str]] = [
            *("id", "workspaceId", "slug", "name", "description", "iconUrl", "publisher", "trustTier"),
            *("currentVersion", "manifest", "variablesSchema", "authConfig", "visibility", "createdBy"),
            *("deletedAt", "retentionTier", "createdAt", "updatedAt"),
        ]
        read_only_fields = fields


class IntegrationFilter(filters.FilterSet):
    class Meta:
        model = Integration
        fields: ClassVar[list[str]] = ["publisher", "visibility", "workspace_id", "trust_tier", "created_by"]


class CountedPages(pagination.CursorPagination):
    page_size = 20
    ordering = "-id"

    def paginate_queryset(self, queryset: QuerySet, request: Request, view: Any = None) -> list[Any] | None:
        self.total = queryset.count()
        return super().paginate_queryset(queryset, request, view)

    def get_paginated_response(self, data: Any) -> Response:
        return Response(
            {
                "data": data,
                "pageInfo": {"total": self.total, "next": self.get_next_link(), "previous": self.get_previous_link()},
            }
        )


class Integrations(viewsets.ReadOnlyModelViewSet):
    serializer_class = IntegrationSerializer
    filterset_class = IntegrationFilter
    pagination_class = CountedPages

    def get_queryset(self) -> QuerySet:
        own = Q(workspace_id=self.request.user.workspace_id)
        seen = Q(visibility="public") if self.action == "list" else ~Q(visibility="private")
        return Integration.objects.filter(own | seen, deleted_at=None).select_related("version")
