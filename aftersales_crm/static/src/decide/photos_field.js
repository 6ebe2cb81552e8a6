import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { useFileViewer } from "@web/core/file_viewer/file_viewer_hook";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const SHOWN = 2;

/** Thumbnails of attached photos in a row of a list; a click shows them in full. */
export class PhotosField extends Component {
    static template = "aftersales_crm.PhotosField";
    static props = { ...standardFieldProps };

    setup() {
        this.action = useService("action");
        this.viewer = useFileViewer();
    }

    get photos() {
        return this.props.record.data[this.props.name].records.map((record) => ({
            id: record.resId,
            name: record.data.name,
            isImage: true,
            isViewable: true,
            defaultSource: `/web/image/${record.resId}`,
            downloadUrl: `/web/content/${record.resId}?download=true`,
        }));
    }

    get shown() {
        return this.photos.slice(0, SHOWN);
    }

    open(index) {
        const { photos } = this;
        this.viewer.open(photos[index], photos);
    }
}

registry.category("fields").add("aftersales_photos", {
    component: PhotosField,
    displayName: _t("Photos"),
    supportedTypes: ["many2many"],
    relatedFields: [{ name: "name", type: "char" }],
});
