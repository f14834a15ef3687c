"""Keys as credentials: the caller is the key itself."""

import hashlib
import hmac

from django.conf import settings
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from shop.models import ApiKey


class KeyAuthentication(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[ApiKey, None]:
        token = get_authorization_header(request).removeprefix(b"Bearer ")
        digest = hmac.new(settings.TOKEN_KEY, token, hashlib.sha256).digest()
        key = ApiKey.objects.filter(hash=digest, deleted_at=None).first()
        if key is None or (key.expires_at is not None and key.expires_at <= timezone.now()):
            raise AuthenticationFailed
        return key, None

    def authenticate_header(self, _request: Request) -> str:
        return "Bearer"
